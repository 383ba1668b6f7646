/** Stands in for a package that the bundle must not have. */

// biome-ignore lint/style/noDefaultExport: what it stands in for has one
export default {};
