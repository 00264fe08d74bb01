import {
  type ArgumentMetadata,
  Injectable,
  type Type,
  ValidationPipe as NestValidationPipe,
} from '@nestjs/common';
import * as classTransformer from 'class-transformer';
import * as classValidator from 'class-validator';
import type { ValidationError } from 'class-validator';
import { FlatRules } from './flat-rules';
import { refuseHostileParts } from './hostile-value';
import { type FieldProblem, validationFailed } from './validation-failed';

export interface ValidationPipeOptions {
  /** Whether fields that the class does not have are dropped instead of refused. */
  ignoreUnknown?: boolean;
  /** The class, where the parameter's type does not say it. */
  expectedType?: Type<object>;
}

/**
 * Checks bodies, query strings and parameters against their DTO class, makes instances of it, and refuses
 * fields that it does not have. Nothing is converted silently: a query string's DTO says `@Type(() => Number)`.
 * @throws AppError VALIDATION_FAILED naming every wrong field by its path, `documents[0].content`
 */
@Injectable()
export class ValidationPipe extends NestValidationPipe {
  private readonly hasExpectedType: boolean;

  /** For the parameter of one route; left out, as for all of them. */
  constructor({ ignoreUnknown = false, expectedType }: ValidationPipeOptions = {}) {
    super({
      expectedType,
      validatorPackage: classValidator,
      transformerPackage: classTransformer,
      whitelist: true,
      forbidNonWhitelisted: !ignoreUnknown,
      transform: true,
      stopAtFirstError: true,
      transformOptions: { enableImplicitConversion: false },
      exceptionFactory: (errors) => validationFailed(problemsOf(errors)),
    });
    this.hasExpectedType = expectedType !== undefined;
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // The parser of JSON bodies has looked already.
    if (metadata.type === 'query' || metadata.type === 'param')
      refuseHostileParts(value, metadata.data ?? metadata.type);
    // Nest would complain of the first field instead; and of a body that is still a stream it would make instances of
    // whatever hangs on it, down to the handle of the socket, which ends the process.
    const isChecked = this.hasExpectedType || this.toValidate(metadata);
    if (metadata.type === 'body' && isChecked && value != null && !isPlainObject(value))
      throw validationFailed([{ field: 'body', problem: 'must be a JSON object' }]);
    if (metadata.type === 'body' && isChecked && !this.hasExpectedType && value != null) {
      const accepted = FlatRules.of(metadata.metatype as Type<object>).accept(
        value as Record<string, unknown>,
      );
      if (accepted !== null) return accepted;
    }
    return super.transform(value, metadata) as Promise<unknown>;
  }
}

/** Every wrong field of class-validator's tree of errors, in its order. */
export function problemsOf(errors: readonly ValidationError[], parent = ''): FieldProblem[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const field =
      /^\d+$/.test(property) && parent
        ? `${parent}[${property}]`
        : parent
          ? `${parent}.${property}`
          : property;
    const own = Object.entries(constraints ?? {}).map(([name, message]) => ({
      field,
      problem: name === 'whitelistValidation' ? 'is not a known field' : withoutName(message, property),
    }));
    return [...own, ...problemsOf(children ?? [], field)];
  });
}

/** class-validator begins its messages with the name of the property, which `field` says already. */
function withoutName(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
