import { AnswerCard } from './answer-card.js';
import { count, dollars } from './amounts.js';
import { byId, say, valuesOf, whileBusy } from './element.js';
import { stream } from './service.js';

/** Maximum number of shown answers. */
const MAX_CARDS = 50;

/** Turns of history that a follow-up sends. */
const MAX_TURNS = 10;

/** Earlier questions and answers, oldest first: the history of a follow-up. */
let conversation = [];
const tally = { asked: 0, cached: 0, tokens: 0, usd: 0 };

/** Connects the form. */
export function startAsking() {
  const form = byId('ask-form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const isFollowUp = form.elements.follow_up.checked && conversation.length > 0;
    const question = { ...valuesOf(form), ...(isFollowUp && { history: conversation }) };
    void whileBusy(form, () => ask(question));
  });
  form.elements.query.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

/**
 * Asks a question and shows the answer while it is streamed.
 * @param {{query: string, user_id: string, collection: string, cache: string, history?: object[]}} question
 * @returns the data of the event `done` with the whole text as `response`; null if there is no answer
 */
export async function ask(question) {
  const card = new AnswerCard(question, () => ask(question));
  const list = byId('answers');
  list.prepend(card.element);
  list.children[MAX_CARDS]?.remove();
  try {
    const { collection, ...rest } = question;
    const body = { ...rest, ...(collection !== '' && { collection }), stream: true };
    let done = null;
    for await (const { name, data } of await stream('POST', 'query', body)) {
      if (name === 'delta') card.add(data.text);
      if (name === 'error') throw new Error(`${data.error.message} (${data.error.code})`);
      if (name === 'done') done = data;
    }
    if (done === null) throw new Error('The answer was interrupted.');
    card.finish(done);
    remember(question, card.text);
    addUp(done);
    say(`Answered. ${card.summary}`);
    return { ...done, response: card.text };
  } catch (error) {
    card.fail(error);
    return null;
  }
}

function remember({ query, history = [] }, text) {
  const turns = [
    { role: 'user', content: query },
    { role: 'assistant', content: text },
  ];
  conversation = [...history, ...turns].slice(-MAX_TURNS);
}

function addUp({ cache_hit: isHit, usage }) {
  tally.asked++;
  if (isHit) tally.cached++;
  tally.tokens += usage.saved_tokens;
  tally.usd += usage.saved_usd;
  byId('tally').textContent =
    `${count(tally.asked, 'question')} asked here, ${tally.cached} answered from the cache: ` +
    `${count(tally.tokens, 'token')} and ${dollars(tally.usd)} saved.`;
}
