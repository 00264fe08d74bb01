import { showChunks } from './chunks.js';
import { element } from './element.js';

/** A group of citations, `[1]` or `[1, 3]`; a Markdown link is not one. */
const GROUP = /\[(\d+(?:\s*,\s*\d+)*)\](?!\()/g;

/**
 * An answer's text with a button in place of each citation number.
 * @param citations as the service sends them
 * @param {(citation: object, isShown: boolean) => void} show called when a button is pressed, and when it is pressed again
 * @returns {(Node | string)[]}
 */
export function citedText(text, citations, show) {
  const known = new Map(citations.map((citation) => [citation.n, citation]));
  const buttons = [];
  const toggle = (button, citation) => {
    const isShown = button.getAttribute('aria-expanded') !== 'true';
    for (const other of buttons) other.setAttribute('aria-expanded', String(other === button && isShown));
    show(citation, isShown);
  };
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(GROUP)) {
    parts.push(text.slice(end, match.index));
    for (const number of match[1].split(',').map(Number)) {
      const citation = known.get(number);
      if (!citation) {
        parts.push(`[${number}]`);
        continue;
      }
      const button = element('button', {
        type: 'button',
        className: 'cite',
        textContent: String(number),
        title: citation.title ?? citation.external_id,
        'aria-expanded': 'false',
        'aria-label': `Source ${number}: ${citation.title ?? citation.external_id}`,
        onclick: () => toggle(button, citation),
      });
      buttons.push(button);
      parts.push(button);
    }
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

/** The cited passage: its position and its text. */
export function excerptOf(citation) {
  const { n, external_id: externalId, document_id: documentId, version, title, page } = citation;
  const place = [
    `version ${version}`,
    ...(page === null ? [] : [`page ${page}`]),
    ...(citation.heading_path.length > 0 ? [citation.heading_path.join(' › ')] : []),
    `characters ${citation.start} to ${citation.end}`,
    `score ${citation.score.toFixed(2)}`,
  ];
  return [
    element(
      'p',
      { className: 'spread' },
      element(
        'span',
        {},
        element('strong', { textContent: `[${n}] ${title ?? externalId}` }),
        element('span', { className: 'hint', textContent: ` ${title === null ? '' : externalId}` }),
      ),
      element('button', {
        type: 'button',
        textContent: 'Whole document',
        onclick: () => showChunks(documentId, title ?? externalId, citation),
      }),
    ),
    element('blockquote', { textContent: citation.excerpt }),
    element('p', { className: 'hint', textContent: place.join(' · ') }),
  ];
}
