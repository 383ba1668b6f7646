/** Replaces `is-in-ci`: the program decides on the terminal UI, not Ink. */

// biome-ignore lint/style/noDefaultExport: the replaced package has one
export default false;
