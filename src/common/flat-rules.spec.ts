import 'reflect-metadata';
import { plainToInstance, Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  validateSync,
  ValidateNested,
} from 'class-validator';
import { FlatRules } from './flat-rules';

class Base {
  @IsString()
  @MaxLength(5)
  @Matches(/\S/)
  name: string;
}

class Inner {
  @IsString()
  word: string;
}

class Dto extends Base {
  @IsOptional()
  @IsInt()
  @Max(9)
  count?: number;

  @IsOptional()
  @IsIn(['a', 'b'])
  kind?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Inner)
  inner?: Inner;

  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  tags?: string[];
}

class Transformed extends Base {
  @IsOptional()
  @IsString()
  @Transform(({ value }) => String(value).trim())
  other?: string;
}

const VALUES = [null, '', ' ', 'a', 'abcdef', 3, 10, 1.5, true, {}, [], ['a'], { word: 'x' }];
const bodies = (['name', 'count', 'kind', 'inner', 'tags', 'unknown'] as const).flatMap((field) =>
  VALUES.map((value) => ({ name: 'ok', [field]: value })),
);

describe('FlatRules', () => {
  it('accepts nothing that class-validator refuses, and makes the same of it', () => {
    let accepted = 0;
    for (const body of bodies) {
      const made = FlatRules.of(Dto).accept(body);
      if (made === null) continue;
      accepted++;
      const expected = plainToInstance(Dto, body);
      expect(made).toEqual(expected);
      expect(made).toBeInstanceOf(Dto);
      expect(validateSync(expected, { whitelist: true, forbidNonWhitelisted: true })).toEqual([]);
    }
    expect(accepted).toBe(5);
  });

  it('accepts valid flat bodies, whatever optional fields they have', () => {
    for (const body of [{ name: 'x' }, { name: 'x', count: 9, kind: 'b' }, { name: 'x', count: null }])
      expect(FlatRules.of(Dto).accept(body)).not.toBeNull();
  });

  it('leaves objects, lists, unknown fields and classes that transform to class-validator', () => {
    for (const more of [{ inner: { word: 'x' } }, { tags: ['x'] }, { other: 1 }])
      expect(FlatRules.of(Dto).accept({ name: 'x', ...more })).toBeNull();
    expect(FlatRules.of(Transformed).accept({ name: 'x' })).toBeNull();
  });
});
