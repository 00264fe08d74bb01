/**
 * ESLint rule: refuses regular expressions whose matching time is not linear in the length of the text, and those that
 * are put together while the program runs, of which nobody can know.
 *
 * `recheck` decides, exactly, by the theory of automata: for all patterns that can begin anywhere in a text and have a
 * repetition without end that something follows. The others need no such proof: without such a repetition each start
 * costs a constant; anchored ones and those that look around are covered by `eslint-plugin-regexp`, whose rules stand
 * beside this one in eslint.config.mjs. Verdicts are kept in `.cache`, since some take seconds.
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
/** Several times what the slowest pattern takes. */
const TIMEOUT_MS = 60_000;

/** @returns null if the pattern is linear, else what is wrong with it */
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
    // What was not decided in time may be next time.
    if (status !== 'unknown') writeFileSync(file, verdict);
    return verdict;
  }
}

export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      notLinear: 'The time of this pattern is not linear ({{problem}}): rewrite it, or use a loop.',
      notConstant:
        'A pattern that is made while the program runs cannot be checked: use a constant, or a loop.',
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
