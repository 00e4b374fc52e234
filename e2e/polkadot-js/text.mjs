// The text of the guide: its steps, and what it says of the chain.

/** A guide in Markdown, where a comment `<!-- step: name -->` marks each step. */
export class Guide {
	#text;

	constructor(text) {
		this.#text = text;
	}

	#all(pattern) {
		return [...this.#text.matchAll(pattern)].map(([, found]) => found);
	}

	/** The names of the steps. */
	steps() {
		return this.#all(/<!-- step: ([a-z-]+) -->/g);
	}

	/** The calls, state, constants and functions that it names, as `ppr.accept`. */
	names() {
		return this.#all(/`([a-zA-Z]+\.[a-z]\w*)`/g);
	}

	/** The messages of failures that it names: those of the pool, and errors as `ppr.EmptyPeriod`. */
	failures() {
		return this.#all(/`(1010: [^`]+|[a-z]+\.[A-Z]\w*)`/g);
	}

	/** The purposes that it lists. */
	purposes() {
		const [line] = this.#all(/^Purposes: (.*)$/gm);
		return [...line.matchAll(/`(\w+)`/g)].map(([, purpose]) => purpose);
	}

	/** The code of a step. */
	code(step) {
		const [, after] = this.#text.split(`<!-- step: ${step} -->`);
		return /```js\n(.*?)```/s.exec(after)[1];
	}
}
