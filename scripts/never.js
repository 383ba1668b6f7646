/** Stands in for `is-in-ci`: whether the terminal UI is used is decided by the program, not by Ink. */
export default false;
