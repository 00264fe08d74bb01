import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  Equals,
  IsBoolean,
  IsOptional,
  IsString,
  MaxLength,
  registerDecorator,
  ValidateNested,
} from 'class-validator';
import { type ChatMessage, IsConversation } from './chat-messages';

class StreamOptionsDto {
  @ApiProperty({ required: false, description: 'A last chunk with the usage, before the end.' })
  @IsOptional()
  @IsBoolean()
  include_usage?: boolean;
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
const isTextFormat = (value: unknown) => (value as { type?: unknown } | null)?.type === 'text';

/**
 * Body of `POST /v1/chat/completions`, as OpenAI defines it. What would make the answer another thing than a text is
 * refused; all else that is not here has no effect, as many clients send it unasked: the service's configuration decides
 * how answers are written.
 */
export class ChatCompletionsDto {
  @ApiProperty({ description: 'The collection that is asked.', example: 'default' })
  @IsString()
  @MaxLength(128)
  model: string;

  @ApiProperty({
    type: [Object],
    description:
      'The last one is the question; those of user and assistant before it are its history. `system` has no effect.',
    example: [{ role: 'user', content: 'How long do customers have to return an item?' }],
  })
  @IsConversation()
  messages: ChatMessage[];

  @ApiProperty({ required: false })
  @IsOptional()
  @IsBoolean()
  stream?: boolean;

  @ApiProperty({ required: false })
  @IsOptional()
  @ValidateNested()
  @Type(() => StreamOptionsDto)
  stream_options?: StreamOptionsDto;

  @ApiProperty({ required: false, description: 'Who asks; documents with an ACL are read as `user:<user>`.' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  user?: string;

  @ApiProperty({ required: false, enum: [1] })
  @IsOptional()
  @Equals(1, { message: 'n must be 1: there is one answer to a question' })
  n?: number;

  @IsOptional()
  @IsOnly(isEmpty, 'must be left out: this service calls no tools')
  tools?: unknown;

  @IsOptional()
  @IsOnly(isEmpty, 'must be left out: this service calls no functions')
  functions?: unknown;

  @IsOptional()
  @IsOnly(isTextFormat, 'must be of type text: answers are quoted and cited text')
  response_format?: unknown;

  @IsOptional()
  @Equals(false, { message: 'logprobs must be false: they are not known' })
  logprobs?: boolean;
}

function IsOnly(isAllowed: (value: unknown) => boolean, problem: string): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'isOnly',
      target: target.constructor,
      propertyName: String(property),
      validator: { validate: isAllowed, defaultMessage: () => `$property ${problem}` },
    });
}
