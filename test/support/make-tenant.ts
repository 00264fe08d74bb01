import type { Evergreen } from './evergreen';

/** Makes a tenant as the operator does. @returns a function that makes keys of it */
export async function makeTenant(
  service: Evergreen,
  operatorKey: string,
  name: string,
): Promise<(scopes: string[]) => Promise<string>> {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const made = await service.request<{ api_key: { key: string } }>(
    'POST',
    '/admin/tenants',
    { name },
    bearer(operatorKey),
  );
  const first = made.body.api_key.key;
  return async (scopes) => {
    const key = await service.request<{ key: string }>(
      'POST',
      '/admin/api-keys',
      // Keys of an application that vouches for its users.
      { name: scopes.join(), scopes, may_act_as: 'any' },
      bearer(first),
    );
    return key.body.key;
  };
}
