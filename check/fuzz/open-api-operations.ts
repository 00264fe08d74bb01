/** The subset of JSON Schema that the service's OpenAPI document uses. */
export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  allOf?: Schema[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  example?: unknown;
  minimum?: number;
  maximum?: number;
  nullable?: boolean;
}

/** One operation of the service, with resolved schemas. */
export interface Operation {
  /** Upper case. */
  method: string;
  /** With its parameters in braces. */
  path: string;
  parameters: { name: string; in: string; schema: Schema }[];
  /** Schema of the JSON body; null: no body. */
  body: Schema | null;
  /** Documented statuses below 400. */
  statuses: number[];
}

interface OpenApiDocument {
  paths: Record<string, Record<string, DescribedOperation>>;
  components: { schemas: Record<string, Schema> };
}

interface DescribedOperation {
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses: Record<string, unknown>;
}

/** All operations that the service's OpenAPI document describes. */
export class OpenApiOperations {
  readonly all: Operation[];
  private readonly schemas: Record<string, Schema>;
  /** Error codes that the document names. */
  readonly errorCodes: ReadonlySet<string>;

  /** @param document `/docs-json` */
  constructor(document: unknown) {
    const { paths, components } = document as OpenApiDocument;
    this.schemas = components.schemas;
    const codes = this.schemas.Error?.properties?.error?.properties?.code?.enum ?? [];
    this.errorCodes = new Set(codes.map(String));
    this.all = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, described]) => ({
        method: method.toUpperCase(),
        path,
        parameters: (described.parameters ?? []).map((parameter) => ({
          ...parameter,
          schema: parameter.schema ?? {},
        })),
        body: described.requestBody?.content?.['application/json']?.schema ?? null,
        statuses: Object.keys(described.responses).map(Number).filter(Boolean),
      })),
    );
  }

  /** Resolves references at the top of a schema. */
  resolve(schema: Schema): Schema {
    if (schema.$ref !== undefined) return this.resolve(this.schemas[schema.$ref.split('/').at(-1)!]);
    if (schema.allOf?.length === 1) return this.resolve(schema.allOf[0]);
    return schema;
  }
}
