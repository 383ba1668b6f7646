/** Stands in for a package that the bundle must not have. */

export default {};
