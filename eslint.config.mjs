import js from "@eslint/js";
import tseslint from "typescript-eslint";

const providerRoots = ["@pulumi/kubernetes", "@pulumi/azure-native"].map(name => ({
  name,
  message: `Import from a sub-module (for example "${name}/core/v1"): the root costs seconds of type checking and start-up.`,
}));

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**", ".pulumi-cnpg/**", "test/schemas/**"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    files: ["**/*.ts"],
    rules: {
      "no-restricted-imports": ["error", { paths: providerRoots }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/no-explicit-any": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: providerRoots,
          patterns: [
            { group: ["**/embedded/**", "**/test/**", "**/examples/**"], message: "src/ stands on its own." },
          ],
        },
      ],
    },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/azure/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: providerRoots,
          patterns: [
            { group: ["**/embedded/**", "**/test/**", "**/examples/**"], message: "src/ stands on its own." },
            {
              group: ["@pulumi/azure-native/*", "**/azure/**"],
              message:
                "azure-native is an optional peer: only src/azure, the sub-path pulumi-cnpg/azure, needs it.",
            },
          ],
        },
      ],
    },
  },
  { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    languageOptions: { globals: { process: "readonly", console: "readonly", URL: "readonly" } },
  },
);
