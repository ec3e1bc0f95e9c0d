/**
 * Makes one file of the fuzzer, and puts a counter at every function, branch and loop of the sources in it, so that an
 * input which gets somewhere new can be told from the many that do not. A counter is one addition in a typed array: the
 * sources run about as fast as without.
 */
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const source = path.join(import.meta.dirname, '..', '..', 'src');

/** Writes the bundle of `entry` to `file`. */
export async function bundled(entry, file) {
  let counters = 0;
  const counting = {
    name: 'counting',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.ts$/ }, ({ path: name }) => {
        if (!name.startsWith(source)) return undefined;
        const { text, next } = withCounters(name, readFileSync(name, 'utf8'), counters);
        counters = next;
        return { contents: text, loader: 'ts' };
      }),
  };
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    plugins: [counting],
    // Packages that are CommonJS ask for `require`.
    banner: { js: "import { createRequire as __r } from 'node:module'; const require = __r(import.meta.url);" },
  });
  writeFileSync(file, `globalThis.__count = new Uint32Array(${counters});\n${outputFiles[0].text}`);
}

function withCounters(name, text, first) {
  let next = first;
  const { factory } = ts;
  const count = () =>
    factory.createPostfixIncrement(factory.createElementAccessExpression(factory.createIdentifier('__count'), next++));
  const counted = (expression) => factory.createParenthesizedExpression(factory.createComma(count(), expression));
  const opened = (statements) => [factory.createExpressionStatement(count()), ...statements];

  const transformer = (context) => (file) => {
    const visit = (node) => {
      const seen = ts.visitEachChild(node, visit, context);
      if (ts.isBlock(seen)) return factory.updateBlock(seen, opened(seen.statements));
      if (ts.isCaseClause(seen)) return factory.updateCaseClause(seen, seen.expression, opened(seen.statements));
      if (ts.isDefaultClause(seen)) return factory.updateDefaultClause(seen, opened(seen.statements));
      if (ts.isIfStatement(seen)) return withBlocks(seen);
      if (ts.isArrowFunction(seen) && !ts.isBlock(seen.body)) return withCountedBody(seen);
      if (ts.isConditionalExpression(seen)) return withCountedArms(seen);
      if (ts.isBinaryExpression(seen) && SHORT_CUTS.has(seen.operatorToken.kind)) {
        return factory.updateBinaryExpression(seen, seen.left, seen.operatorToken, counted(seen.right));
      }
      return seen;
    };
    const block = (statement) =>
      !statement || ts.isBlock(statement) ? statement : factory.createBlock(opened([statement]));
    const withBlocks = (seen) =>
      factory.updateIfStatement(seen, seen.expression, block(seen.thenStatement), block(seen.elseStatement));
    const withCountedBody = (seen) =>
      factory.updateArrowFunction(
        seen,
        seen.modifiers,
        seen.typeParameters,
        seen.parameters,
        seen.type,
        seen.equalsGreaterThanToken,
        counted(seen.body),
      );
    const withCountedArms = (seen) =>
      factory.updateConditionalExpression(
        seen,
        seen.condition,
        seen.questionToken,
        counted(seen.whenTrue),
        seen.colonToken,
        counted(seen.whenFalse),
      );
    return ts.visitNode(file, visit);
  };

  const parsed = ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true);
  const { transformed } = ts.transform(parsed, [transformer]);
  return { text: ts.createPrinter().printFile(transformed[0]), next };
}

const SHORT_CUTS = new Set([
  ts.SyntaxKind.AmpersandAmpersandToken,
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);
