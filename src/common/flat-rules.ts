import type { Type } from '@nestjs/common';
import { TransformationType } from 'class-transformer';
import { defaultMetadataStorage as transforms } from 'class-transformer/cjs/storage';
import { getMetadataStorage, type ValidatorConstraintInterface } from 'class-validator';

interface Rule {
  validator: ValidatorConstraintInterface;
  constraints: unknown[];
}

interface Property {
  name: string;
  /** All must hold for the rules to be asked, e.g. that of `@IsOptional`. */
  conditions: ((object: object, value: unknown) => boolean)[];
  rules: Rule[];
}

/**
 * The rules of a DTO class for values without objects in them, read from its decorators once: most bodies are valid and
 * flat, and class-validator gathers the metadata of all classes again for each of them. It only ever says yes: whatever it
 * is not sure of is for class-validator to judge and to explain.
 */
export class FlatRules {
  private static readonly known = new WeakMap<Type<object>, FlatRules>();
  private readonly properties = new Map<string, Property>();
  /** Properties that class-validator must look at wherever they are given. */
  private readonly unsure = new Set<string>();

  /** The rules of a class, read at the first call. */
  static of(type: Type<object>): FlatRules {
    let rules = this.known.get(type);
    if (rules === undefined) this.known.set(type, (rules = new FlatRules(type)));
    return rules;
  }

  private constructor(private readonly type: Type<object>) {
    // Without properties nothing is accepted.
    if (isTransformed(type)) return;
    const storage = getMetadataStorage();
    for (const metadata of storage.getTargetValidationMetadatas(type, '', false, false)) {
      const { propertyName: name, type: kind, constraintCls, constraints } = metadata;
      const property = this.properties.get(name) ?? { name, conditions: [], rules: [] };
      this.properties.set(name, property);
      if (kind === 'conditionalValidation')
        property.conditions.push(constraints[0] as Property['conditions'][0]);
      else if (kind !== 'customValidation' || metadata.each || metadata.validateIf || metadata.groups?.length)
        this.unsure.add(name);
      else
        for (const { instance, async } of storage.getTargetValidatorConstraints(constraintCls)) {
          if (async) this.unsure.add(name);
          property.rules.push({ validator: instance, constraints });
        }
      if (transforms.findTypeMetadata(type, name)) this.unsure.add(name);
    }
    for (const name of this.unsure) this.properties.get(name)!.rules = [NEVER];
  }

  /** An instance of the class made of the value; null if it may not be valid. */
  accept(value: Readonly<Record<string, unknown>>): object | null {
    const instance = new this.type() as Record<string, unknown>;
    for (const name of Object.keys(value)) {
      const given = value[name];
      if (!this.properties.has(name) || this.unsure.has(name)) return null;
      if (typeof given === 'object' && given !== null) return null;
      instance[name] = given;
    }
    for (const property of this.properties.values()) if (!this.holds(property, instance)) return null;
    return instance;
  }

  private holds({ name, conditions, rules }: Property, object: Record<string, unknown>): boolean {
    const value = object[name];
    if (!conditions.every((condition) => condition(object, value))) return true;
    return rules.every(
      ({ validator, constraints }) =>
        validator.validate(value, {
          targetName: this.type.name,
          property: name,
          object,
          value,
          constraints,
        }) === true,
    );
  }
}

/** Whether class-transformer makes other values of some than they are. */
function isTransformed(type: Type<object>): boolean {
  const toClass = TransformationType.PLAIN_TO_CLASS;
  const named = [
    ...transforms.getExposedProperties(type, toClass),
    ...transforms.getExcludedProperties(type, toClass),
  ];
  const properties = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  return (
    named.length > 0 ||
    properties.some(
      ({ propertyName }) => transforms.findTransformMetadatas(type, propertyName, toClass).length > 0,
    )
  );
}

const NEVER: Rule = { validator: { validate: () => false }, constraints: [] };
