// Unit tests by default; test/suite runs the end-to-end tests with settings of its own.
/* global module */
// Files that are named take the place of all; mocha would run both.
const named = process.argv.slice(2).some(argument => argument.endsWith(".js"));
module.exports = {
  ...(named ? {} : { spec: ["dist/test/unit/**/*.test.js"] }),
  reporter: "dist/test/reporter.js",
  parallel: false,
  timeout: 10_000,
  slow: 1_000,
  "fail-zero": true,
  "forbid-only": Boolean(process.env.CI),
};
