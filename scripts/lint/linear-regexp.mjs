/**
 * ESLint rule: refuses regular expressions whose matching time is not linear in the length of the text, and expressions that
 * are built at run time, which cannot be checked.
 *
 * `recheck` decides exactly, by automata theory, for all patterns that can match anywhere in a text and have an unbounded
 * repetition that something follows. The others need no such proof: without such a repetition each start costs a constant;
 * anchored patterns and those with lookaround are covered by `eslint-plugin-regexp`, whose rules are enabled beside this one
 * in eslint.config.mjs. Verdicts are cached in `.cache`, because some take seconds.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { getStaticValue } from '@eslint-community/eslint-utils';
import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';

const { checkSync } = createRequire(import.meta.url)('recheck');
const { version } = createRequire(import.meta.url)('recheck/package.json');
const CACHE = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../.cache/linear-regexp');
/** Several times as long as the slowest pattern takes. */
const TIMEOUT_MS = 60_000;

/** @returns null if the pattern is linear, otherwise the problem */
export function problemOf(source, flags) {
  const unicode = { unicode: flags.includes('u'), unicodeSets: flags.includes('v') };
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, unicode);
  if (!needsProof(pattern, flags)) return null;
  const verdict = verdictOf(source, flags);
  return verdict === 'safe' ? null : verdict;
}

function needsProof(pattern, flags) {
  const isAnchored =
    !flags.includes('m') && pattern.alternatives.every(({ elements }) => elements[0]?.kind === 'start');
  return !isAnchored && !looksAround(pattern) && pattern.alternatives.some(isFollowedRepetition);
}

function looksAround(node) {
  let found = false;
  visitRegExpAST(node, {
    onAssertionEnter: ({ kind }) => (found ||= kind.startsWith('look')),
    onBackreferenceEnter: () => (found = true),
  });
  return found;
}

function repeatsWithoutEnd(node) {
  let found = false;
  visitRegExpAST(node, { onQuantifierEnter: ({ max }) => (found ||= max === Infinity) });
  return found;
}

/** A repetition of single characters at the very end cannot fail once it has begun. */
function isFollowedRepetition({ elements }) {
  const first = elements.findIndex(repeatsWithoutEnd);
  if (first === -1) return false;
  const { type, element } = elements[first];
  const isSimple = type === 'Quantifier' && !element.type.endsWith('Group');
  return !(isSimple && first === elements.length - 1);
}

function verdictOf(source, flags) {
  const key = createHash('sha256')
    .update(JSON.stringify([version, source, flags]))
    .digest('hex');
  const file = path.join(CACHE, key);
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const { status, complexity, error } = checkSync(source, flags, {
      checker: 'automaton',
      timeout: TIMEOUT_MS,
    });
    const verdict = status === 'safe' ? 'safe' : (complexity?.summary ?? `undecided: ${error?.kind}`);
    mkdirSync(CACHE, { recursive: true });
    // A verdict that timed out may be reached next time.
    if (status !== 'unknown') writeFileSync(file, verdict);
    return verdict;
  }
}

export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      notLinear: 'The matching time of this pattern is not linear ({{problem}}): rewrite it, or use a loop.',
      notConstant: 'A pattern that is built at run time cannot be checked: use a constant, or a loop.',
    },
  },
  create(context) {
    const check = (node, source, flags) => {
      const problem = problemOf(source, flags);
      if (problem !== null) context.report({ node, messageId: 'notLinear', data: { problem } });
    };
    const checkCall = (node) => {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'RegExp') return;
      const scope = context.sourceCode.getScope(node);
      const [source, flags] = [0, 1].map(
        (at) => node.arguments[at] && getStaticValue(node.arguments[at], scope),
      );
      if (typeof source?.value === 'string') check(node, source.value, String(flags?.value ?? ''));
      else context.report({ node, messageId: 'notConstant' });
    };
    return {
      'Literal[regex]': (node) => check(node, node.regex.pattern, node.regex.flags),
      NewExpression: checkCall,
      CallExpression: checkCall,
    };
  },
};
