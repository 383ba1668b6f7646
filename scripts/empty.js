/** Replaces a package that the bundle must not have. */

// biome-ignore lint/style/noDefaultExport: the replaced package has one
export default {};
