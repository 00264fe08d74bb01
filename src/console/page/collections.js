import { byId, element } from './element.js';
import { call } from './service.js';

/**
 * Reads the collections and fills all selection lists.
 * @throws {ServiceError}
 */
export async function offerCollections() {
  const { collections } = await call('GET', 'admin/collections');
  byId('collections').replaceChildren(...collections.map(({ name }) => element('option', { value: name })));
  for (const form of ['filter-form', 'purge-form']) {
    const select = byId(form).elements.collection;
    const chosen = select.value;
    const options = collections.map(({ name, documents }) =>
      element('option', { value: name, textContent: `${name} (${documents})` }),
    );
    select.replaceChildren(element('option', { value: '', textContent: 'all' }), ...options);
    select.value = collections.some(({ name }) => name === chosen) ? chosen : '';
  }
}
