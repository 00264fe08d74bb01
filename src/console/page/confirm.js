import { byId } from './element.js';

/** Makes the buttons of the dialog close it. */
export function startConfirming() {
  const dialog = byId('confirm');
  byId('confirm-no').addEventListener('click', () => dialog.close('no'));
  byId('confirm-yes').addEventListener('click', () => dialog.close('yes'));
}

/**
 * Asks before something that cannot be undone.
 * @param {string} verb what the button says
 * @returns {Promise<boolean>} whether to do it; Escape says no
 */
export function confirmed(title, text, verb) {
  const dialog = byId('confirm');
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = verb;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }),
  );
}
