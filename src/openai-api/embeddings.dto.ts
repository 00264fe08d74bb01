import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, MaxLength, Min, registerDecorator } from 'class-validator';

const MAX_INPUTS = 2048;

/** Body of `POST /v1/embeddings`, as OpenAI defines it. */
export class EmbeddingsDto {
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] })
  @IsEmbeddingInput()
  input: string | string[];

  @ApiProperty({ description: 'The name of the configured embedding model.' })
  @IsString()
  @MaxLength(256)
  model: string;

  @ApiProperty({ required: false, enum: ['float', 'base64'], default: 'float' })
  @IsOptional()
  @IsIn(['float', 'base64'])
  encoding_format?: 'float' | 'base64';

  @ApiProperty({
    required: false,
    description: 'Fewer than configured, if the model can shorten its vectors.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  dimensions?: number;

  @ApiProperty({ required: false })
  @IsOptional()
  @IsString()
  user?: string;
}

/** @returns the problem of `input`, or null if valid */
function problemOf(input: unknown): string | null {
  const texts: unknown[] = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || texts.length > MAX_INPUTS) return `must contain 1 to ${MAX_INPUTS} texts`;
  if (texts.some((text) => typeof text === 'number' || Array.isArray(text)))
    return 'must be text: tokens depend on the tokenizer and are not supported, send the text';
  if (texts.some((text) => typeof text !== 'string')) return 'must be a string or an array of strings';
  if (texts.some((text) => (text as string).trim() === '')) return 'must not contain an empty text';
  return null;
}

function IsEmbeddingInput(): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isEmbeddingInput',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value) => problemOf(value) === null,
        defaultMessage: (args) => `$property ${problemOf(args?.value)}`,
      },
    });
}
