import { parse } from 'protobufjs';

/**
 * The part of the ONNX format that is written here: messages and fields with their numbers.
 * @see https://github.com/onnx/onnx/blob/main/docs/IR.md
 */
const ONNX_SCHEMA = `
syntax = "proto2";
message ModelProto { optional int64 ir_version = 1; optional string producer_name = 2;
  optional GraphProto graph = 7; repeated OperatorSet opset_import = 8; }
message OperatorSet { optional string domain = 1; optional int64 version = 2; }
message GraphProto { repeated NodeProto node = 1; optional string name = 2; repeated TensorProto initializer = 5;
  repeated ValueInfo input = 11; repeated ValueInfo output = 12; }
message NodeProto { repeated string input = 1; repeated string output = 2; optional string name = 3;
  optional string op_type = 4; repeated Attribute attribute = 5; optional string domain = 7; }
message Attribute { optional string name = 1; optional float f = 2; optional int64 i = 3; repeated int64 ints = 8;
  optional int32 type = 20; }
message TensorProto { repeated int64 dims = 1; optional int32 data_type = 2; optional string name = 8;
  optional bytes raw_data = 9; }
message ValueInfo { optional string name = 1; optional ValueType type = 2; }
message ValueType { optional TensorType tensor_type = 1; }
message TensorType { optional int32 elem_type = 1; optional Shape shape = 2; }
message Shape { repeated Dimension dim = 1; }
message Dimension { optional int64 dim_value = 1; optional string dim_param = 2; }
`;

const IR_VERSION = 8;
/** Operator set 17 is the first with `LayerNormalization`. */
const OPERATOR_SETS = [
  { domain: '', version: 17 },
  { domain: 'com.microsoft', version: 1 },
];
const ELEMENT_TYPE = { float: 1, int8: 3, int64: 7 } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const;

/** A floating-point attribute, told apart from an integer one, which ONNX keeps in another field. */
export interface FloatAttribute {
  float: number;
}
export type Attributes = Record<string, number | readonly number[] | FloatAttribute>;

/** Name, element type and shape of what goes into or comes out of a graph; a string is a free dimension. */
export interface ValueShape {
  name: string;
  type: keyof typeof ELEMENT_TYPE;
  shape: readonly (number | string)[];
}

/** Collects constants and operators of one graph, and writes them as an ONNX file. Values are known by name. */
export class OnnxModelWriter {
  private readonly nodes: object[] = [];
  private readonly constants: object[] = [];

  /** Adds a float32 constant, row-major. @returns its name */
  float(name: string, dims: readonly number[], data: Float32Array): string {
    return this.constant(name, dims, 'float', data);
  }

  /** Adds an int8 constant, row-major. @returns its name */
  int8(name: string, dims: readonly number[], data: Int8Array): string {
    return this.constant(name, dims, 'int8', data);
  }

  /** Adds a list of int64 (a shape, axes, bounds). @returns its name */
  integers(name: string, values: readonly number[]): string {
    return this.constant(name, [values.length], 'int64', BigInt64Array.from(values.map(BigInt)));
  }

  /**
   * Adds an operator.
   * @param outputs name of its result, or names if it has several
   * @returns `outputs` as given, to be the input of the next operator
   */
  operator<Outputs extends string | readonly string[]>(
    type: string,
    inputs: readonly string[],
    outputs: Outputs,
    attributes: Attributes = {},
    domain?: string,
  ): Outputs {
    this.nodes.push({
      input: inputs,
      output: typeof outputs === 'string' ? [outputs] : outputs,
      name: `${type}:${String(outputs)}`,
      opType: type,
      attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
      domain,
    });
    return outputs;
  }

  /** The bytes of the `.onnx` file; the same calls give the same bytes. */
  encode(graphName: string, input: ValueShape, output: ValueShape): Uint8Array {
    const model = parse(ONNX_SCHEMA).root.lookupType('ModelProto');
    return model
      .encode({
        irVersion: IR_VERSION,
        producerName: 'evergreen',
        opsetImport: OPERATOR_SETS,
        graph: {
          name: graphName,
          node: this.nodes,
          initializer: this.constants,
          input: [valueMessage(input)],
          output: [valueMessage(output)],
        },
      })
      .finish();
  }

  private constant(
    name: string,
    dims: readonly number[],
    type: keyof typeof ELEMENT_TYPE,
    data: NodeJS.TypedArray,
  ): string {
    const size = dims.reduce((product, dim) => product * dim, 1);
    if (size !== data.length) throw new RangeError(`${name}: ${data.length} values for the shape [${dims}]`);
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.constants.push({ name, dims, dataType: ELEMENT_TYPE[type], rawData });
    return name;
  }
}

function attributeMessage(name: string, value: Attributes[string]): object {
  if (typeof value === 'number') return { name, i: value, type: ATTRIBUTE_TYPE.int };
  if ('float' in value) return { name, f: value.float, type: ATTRIBUTE_TYPE.float };
  return { name, ints: value, type: ATTRIBUTE_TYPE.ints };
}

function valueMessage({ name, type, shape }: ValueShape): object {
  const dim = shape.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPE[type], shape: { dim } } } };
}
