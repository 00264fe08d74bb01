import { HttpRouteTable } from './http-route-table';

describe('HttpRouteTable', () => {
  const table = new HttpRouteTable();
  table.add('GET', '/documents');
  table.add(['POST', 'HEAD'], '/documents');
  table.add('GET', '/documents/:id');
  table.add('DELETE', '/documents/:id');
  table.add('GET', '/documents/latest');
  table.add('GET', '/documents/:id/chunks');

  it.each([
    ['/documents', ['GET', 'HEAD', 'POST']],
    ['/documents/7', ['DELETE', 'GET']],
    ['/documents/latest', ['DELETE', 'GET']],
    ['/documents/7/chunks', ['GET']],
    ['/documents/', []],
    ['/documents//chunks', []],
    ['/documents/7/chunks/8', []],
    ['/Documents', []],
    ['', []],
  ])('%s: %j', (path, methods) => {
    expect(table.methodsAt(path)).toEqual(methods);
  });
});
