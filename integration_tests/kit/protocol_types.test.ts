/** The types of the protocol are those of airbyte_protocol.yaml: each definition with its members, what they need not have and may be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import ts from 'typescript';
import { packageFolder } from '../image/names.ts';
import { protocolSchema } from '../support/protocol.ts';

/** What both sides say of a value, in one form. */
type Shape = string | { readonly list: Shape } | { readonly members: Readonly<Record<string, Member>> };

interface Member {
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly shape: Shape;
}

/** What the platform uses beyond the yaml. */
const beyond: Readonly<Record<string, Readonly<Record<string, Partial<Member>>>>> = {
  AirbyteStateMessage: { id: { isRequired: false, isNullable: false, shape: 'number' } },
  AirbyteStateStats: { additionalStats: { isRequired: false, isNullable: false, shape: 'any object' } },
  AirbyteStreamState: { stream_state: { isNullable: true } },
  AirbyteGlobalState: { shared_state: { isNullable: true } },
};

/** Names that stand for parts of a definition, or for none. */
const ownNames = ['JsonObject', 'StateText', 'AirbyteLogLevel'];

interface Schema {
  readonly type?: string | readonly string[];
  readonly nullable?: boolean;
  readonly enum?: readonly string[];
  readonly $ref?: string;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

const enumOf = (values: readonly string[]) =>
  values
    .map((value) => `'${value}'`)
    .toSorted()
    .join(' | ');

function ofSchema(schema: Schema): Shape {
  if (schema.$ref) return schema.$ref.replace('#/definitions/', '');
  if (schema.enum) return enumOf(schema.enum);
  if (schema.oneOf) return schema.oneOf.map(ofSchema).toSorted().join(' | ');
  const type = [schema.type].flat().find((each) => each !== 'null');
  if (type === 'integer') return 'number';
  if (type === 'array') return { list: ofSchema(schema.items ?? {}) };
  if (type !== 'object') return String(type);
  if (!schema.properties) return 'any object';
  const members = Object.entries(schema.properties).map(([name, member]): [string, Member] => [
    name,
    {
      isRequired: schema.required?.includes(name) === true,
      isNullable: member.nullable === true || [member.type].flat().includes('null'),
      shape: ofSchema(member),
    },
  ]);
  return { members: Object.fromEntries(members) };
}

/** Of the definition `name`, with what is beyond it. */
function expectedOf(name: string, schema: Schema): Shape {
  const shape = ofSchema(schema);
  if (typeof shape === 'string' || !('members' in shape)) return shape;
  const members = { ...shape.members };
  for (const [member, more] of Object.entries(beyond[name] ?? {}))
    members[member] = { ...members[member], ...more } as Member;
  return { members };
}

const file = ts.createSourceFile(
  'protocol.ts',
  readFileSync(join(packageFolder, 'src/airbyte/protocol.ts'), 'utf8'),
  ts.ScriptTarget.ES2023,
);

/** What `protocol.ts` exports, by name. */
const declared = new Map(
  file.statements.flatMap((statement): [string, ts.Node][] => {
    if (ts.isInterfaceDeclaration(statement)) return [[statement.name.text, statement]];
    return ts.isTypeAliasDeclaration(statement) ? [[statement.name.text, statement.type]] : [];
  }),
);

function ofNode(node: ts.Node): Shape {
  if (ts.isTypeOperatorNode(node)) return ofNode(node.type);
  if (ts.isParenthesizedTypeNode(node)) return ofNode(node.type);
  if (ts.isArrayTypeNode(node)) return { list: ofNode(node.elementType) };
  if (ts.isTypeReferenceNode(node)) return ofReference(node.typeName.getText(file));
  if (ts.isUnionTypeNode(node)) return ofUnion(node.types);
  if (ts.isInterfaceDeclaration(node) || ts.isTypeLiteralNode(node)) return ofMembers(node.members);
  return node.getText(file);
}

function ofReference(name: string): Shape {
  if (name === 'JsonObject') return 'any object';
  const part = ownNames.includes(name) ? declared.get(name) : undefined;
  return part ? ofNode(part) : name;
}

function ofMembers(nodes: readonly ts.TypeElement[]): Shape {
  if (nodes.some(ts.isIndexSignatureDeclaration)) return 'any object';
  const members = nodes.filter(ts.isPropertySignature).map((node): [string, Member] => {
    const { type, questionToken } = node;
    if (!type) throw new Error(`${node.getText(file)} has no type`);
    const isNullable = ts.isUnionTypeNode(type) && type.types.some((each) => each.getText(file) === 'null');
    return [node.name.getText(file), { isRequired: !questionToken, isNullable, shape: ofNode(type) }];
  });
  return { members: Object.fromEntries(members) };
}

/** Of messages that say what they carry: what all of them must have is required. */
function ofUnion(nodes: readonly ts.TypeNode[]): Shape {
  const shapes = nodes.filter((node) => !['null', 'undefined'].includes(node.getText(file))).map(ofNode);
  const [first = '', ...others] = shapes;
  if (others.length === 0) return first;
  const branches = shapes.flatMap((shape) => (typeof shape === 'object' && 'members' in shape ? [shape.members] : []));
  if (branches.length < shapes.length) return shapes.toSorted().join(' | ');
  const names = new Set(branches.flatMap((branch) => Object.keys(branch)));
  return { members: Object.fromEntries([...names].map((name) => [name, joined(branches.map((each) => each[name]))])) };
}

function joined(members: readonly (Member | undefined)[]): Member {
  const present = members.filter((member) => member !== undefined);
  return {
    isRequired: present.length === members.length && present.every((member) => member.isRequired),
    isNullable: present.some((member) => member.isNullable),
    shape: [...new Set(present.map(({ shape }) => shape))].toSorted().join(' | '),
  };
}

const definitions = Object.entries(protocolSchema.definitions);

t.test('every definition has its type, and there are no others', async (t) => {
  t.ok(definitions.length > 30);
  t.same([...declared.keys()].toSorted(), [...definitions.map(([name]) => name), ...ownNames].toSorted());
});

for (const [name, schema] of definitions) {
  t.test(name, async (t) => {
    const node = declared.get(name);
    t.strictSame(node && ofNode(node), expectedOf(name, schema));
  });
}

t.test('what is beyond the yaml is not in it', async (t) => {
  for (const [name, members] of Object.entries(beyond)) {
    const shape = ofSchema(protocolSchema.definitions[name] as Schema);
    for (const [member, more] of Object.entries(members)) {
      const known = typeof shape === 'object' && 'members' in shape ? shape.members[member] : undefined;
      t.not(known?.isNullable, more.isNullable, `${name}.${member}`);
    }
  }
});

t.test('a difference of any kind is seen', async (t) => {
  const schema: Schema = { type: 'object', required: ['a'], properties: { a: { type: 'string' }, b: { enum: ['X'] } } };
  const same = ofSchema(schema);
  const others: Schema[] = [
    { ...schema, required: [] },
    { ...schema, required: ['a', 'b'] },
    { ...schema, properties: { ...schema.properties, c: { type: 'string' } } },
    { ...schema, properties: { ...schema.properties, a: { type: 'integer' } } },
    { ...schema, properties: { ...schema.properties, a: { type: ['string', 'null'] } } },
    { ...schema, properties: { ...schema.properties, b: { enum: ['X', 'Y'] } } },
  ];
  for (const other of others) t.notSame(ofSchema(other), same);
});
