import { dollars, duration, milliseconds, whole } from './amounts.js';
import { cacheExplanation } from './cache-explanation.js';
import { citedText, excerptOf } from './citations.js';
import { element, showFigures } from './element.js';
import { call } from './service.js';

/** One question with its answer: streamed first, then with citations and what the cache did. */
export class AnswerCard {
  /** The answer's text so far. */
  text = '';
  /** What the cache did, in a sentence; empty until the answer is complete. */
  summary = '';

  #question;
  #askAgain;
  #badge = element('span', { className: 'badge', textContent: 'asking…' });
  #why = element('span', { className: 'why' });
  #body = element('p', { className: 'text' });
  #excerpt = element('div', { className: 'excerpt', hidden: true });
  #figures = element('dl', { className: 'figures' });
  #actions = element('p', { className: 'actions' });
  #error = element('p', { className: 'error', role: 'alert', hidden: true });

  /** @param askAgain called when the user repeats the question */
  constructor(question, askAgain) {
    this.#question = question;
    this.#askAgain = askAgain;
    const { query, user_id: user, collection, cache } = question;
    const settings = [
      user,
      collection || 'default',
      ...(cache === 'use' ? [] : [`cache: ${cache}`]),
      ...(question.history ? ['follow-up'] : []),
    ];
    this.element = element(
      'li',
      { className: 'card answer' },
      element(
        'div',
        { className: 'spread' },
        element('h2', { textContent: query }),
        element('span', { className: 'hint', textContent: settings.join(' · ') }),
      ),
      element('p', { className: 'verdict' }, this.#badge, this.#why),
      this.#body,
      this.#excerpt,
      this.#figures,
      this.#error,
      this.#actions,
    );
  }

  /** Shows a piece of the text. */
  add(text) {
    this.text += text;
    this.#body.append(text);
  }

  /** @param answer the data of the event `done` */
  finish(answer) {
    const { cache, citations, request_id: requestId } = answer;
    this.element.dataset.layer = cache.layer;
    this.element.dataset.request = requestId;
    this.#badge.className = `badge ${cache.layer}`;
    this.#badge.textContent = cache.layer;
    this.summary = cacheExplanation(answer, this.#question.cache);
    this.#why.textContent = this.summary;
    this.#body.replaceChildren(...citedText(this.text, citations, (...shown) => this.#show(...shown)));
    showFigures(this.#figures, figuresOf(answer));
    this.#actions.append(
      element('button', { type: 'button', textContent: 'Ask again', onclick: () => this.#askAgain() }),
    );
    if (cache.layer !== 'none' || cache.ttl_seconds !== null)
      this.#actions.append(
        element('button', {
          type: 'button',
          textContent: 'This answer is wrong',
          onclick: ({ currentTarget }) => this.#markWrong(currentTarget, requestId),
        }),
      );
  }

  /** Shows why the answer is missing or incomplete. */
  fail(error) {
    this.#badge.className = 'badge failed';
    this.#badge.textContent = 'failed';
    this.#tell(error.message);
  }

  #show(citation, isShown) {
    this.#excerpt.hidden = !isShown;
    this.#excerpt.replaceChildren(...(isShown ? excerptOf(citation) : []));
  }

  async #markWrong(button, requestId) {
    button.disabled = true;
    try {
      const { evicted } = await call('POST', 'admin/cache/feedback', {
        request_id: requestId,
        verdict: 'wrong',
      });
      button.textContent = evicted > 0 ? 'Removed from the cache' : 'It was no longer cached';
    } catch (error) {
      button.disabled = false;
      this.#tell(error.message);
    }
  }

  #tell(message) {
    this.#error.textContent = message;
    this.#error.hidden = false;
  }
}

function figuresOf({ cache, usage, latency_ms: latencyMs, standalone_query: standalone }) {
  const isHit = cache.layer !== 'none';
  return [
    ['Latency', milliseconds(latencyMs)],
    ...(cache.similarity === null ? [] : [['Similarity', cache.similarity.toFixed(3)]]),
    ...(cache.matched_query === null ? [] : [['Matched question', cache.matched_query]]),
    ...(cache.validated_by === null ? [] : [['Validated by', cache.validated_by]]),
    ...(cache.age_seconds === null ? [] : [['Age', duration(cache.age_seconds)]]),
    ...(cache.ttl_seconds === null ? [] : [['Lifetime', duration(cache.ttl_seconds)]]),
    isHit
      ? ['Saved', `${whole(usage.saved_tokens)} tokens, ${dollars(usage.saved_usd)}`]
      : [
          'Spent',
          `${whole(usage.prompt_tokens + usage.completion_tokens)} tokens, ${dollars(usage.cost_usd)}`,
        ],
    ['Model', usage.model],
    ...(standalone === null ? [] : [['Understood as', standalone]]),
  ];
}
