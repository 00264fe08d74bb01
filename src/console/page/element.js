/**
 * Makes an element. Strings become text: nothing that comes from the service is ever read as markup.
 * @param {string} name of its tag
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

/** The element of the page with this id. */
export const byId = (id) => document.getElementById(id);

/** Shows what went wrong, or with null nothing, in an element made for it. */
export function showError(place, error) {
  place.hidden = error === null;
  place.textContent = error === null ? '' : error.message;
}

/** Lets screen readers hear what others see. */
export function say(text) {
  byId('said').textContent = text;
}

/**
 * The values of a form's fields for text by their names, white space at both ends gone.
 * @returns {Record<string, string>}
 */
export function valuesOf(form) {
  const named = [...form.elements].filter(({ name, type }) => name && !['file', 'checkbox'].includes(type));
  return Object.fromEntries(named.map(({ name, value }) => [name, value.trim()]));
}

/**
 * Runs `work` with the buttons of a form disabled, whatever comes of it.
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

/** Fills a list of figures: what each is called, and its value as text. */
export function showFigures(list, figures) {
  const parts = figures.map(([name, value]) =>
    element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value })),
  );
  list.replaceChildren(...parts);
}
