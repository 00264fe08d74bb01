/**
 * Creates an element. Strings become text: nothing from the service is ever parsed as markup.
 * @param {string} name tag name
 * @param {Record<string, unknown>} properties `on…`: a listener; with a hyphen: an attribute; else a property
 * @param {...(Node | string | null)} children null is left out
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key.includes('-')) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

/** Shows an error, or hides it if null, in its element. */
export function showError(place, error) {
  place.hidden = error === null;
  place.textContent = error === null ? '' : error.message;
}

/** Announces a message to screen readers. */
export function say(text) {
  byId('said').textContent = text;
}

/**
 * The trimmed values of a form's text fields by name.
 * @returns {Record<string, string>}
 */
export function valuesOf(form) {
  const named = [...form.elements].filter(({ name, type }) => name && !['file', 'checkbox'].includes(type));
  return Object.fromEntries(named.map(({ name, value }) => [name, value.trim()]));
}

/**
 * Runs `work` with the buttons of a form disabled, and enables them afterwards.
 * @template T
 * @param {HTMLElement} place
 * @param {() => Promise<T>} work
 */
export async function whileBusy(place, work) {
  const buttons = [...place.querySelectorAll('button:not(:disabled)')];
  for (const button of buttons) button.disabled = true;
  try {
    return await work();
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** Fills a list of figures: pairs of name and value. */
export function showFigures(list, figures) {
  const parts = figures.map(([name, value]) =>
    element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value })),
  );
  list.replaceChildren(...parts);
}
