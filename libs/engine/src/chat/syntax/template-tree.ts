import type { TemplateToken } from './template-tokens.js';

/** Nodes that the library's parser makes, as far as they are compiled (its dist/ast.d.ts names no node's type). */
export type TemplateNode = Expression | Statement;

export type Expression =
  | Identifier
  | { type: 'IntegerLiteral' | 'FloatLiteral'; value: number }
  | { type: 'StringLiteral'; value: string }
  | { type: 'ArrayLiteral'; value: Expression[] }
  | TupleLiteral
  | { type: 'ObjectLiteral'; value: Map<Expression, Expression> }
  | MemberExpression
  | CallExpression
  | BinaryExpression
  | FilterExpression
  | { type: 'SelectExpression'; lhs: Expression; test: Expression }
  | { type: 'Ternary'; condition: Expression; trueExpr: Expression; falseExpr: Expression }
  | { type: 'UnaryExpression'; operator: TemplateToken; argument: Expression };

export interface Identifier {
  type: 'Identifier';
  value: string;
}

export interface TupleLiteral {
  type: 'TupleLiteral';
  value: Expression[];
}

export interface SliceExpression {
  type: 'SliceExpression';
  start?: Expression;
  stop?: Expression;
  step?: Expression;
}

export interface MemberExpression {
  type: 'MemberExpression';
  object: Expression;
  property: Expression | SliceExpression;
  computed: boolean;
}

interface KeywordArgument {
  type: 'KeywordArgumentExpression';
  key: Identifier;
  value: Expression;
}

export type Argument = Expression | KeywordArgument | SpreadArgument;

interface SpreadArgument {
  type: 'SpreadExpression' | 'KeywordSpreadExpression';
  argument: Expression;
}

export interface CallExpression {
  type: 'CallExpression';
  callee: Expression;
  args: Argument[];
}

export interface BinaryExpression {
  type: 'BinaryExpression';
  operator: TemplateToken;
  left: Expression;
  right: Expression;
}

export interface FilterExpression {
  type: 'FilterExpression';
  operand: Expression;
  filter: Identifier | CallExpression;
}

export type Parameter = Identifier | KeywordArgument;

export interface ForStatement {
  type: 'For';
  loopvar: Identifier | TupleLiteral;
  iterable: Expression;
  body: TemplateNode[];
  defaultBlock: TemplateNode[];
}

export interface SetStatement {
  type: 'Set';
  assignee: Expression;
  value: Expression | null;
  body: TemplateNode[];
}

export interface MacroStatement {
  type: 'Macro';
  name: Identifier;
  args: Parameter[];
  body: TemplateNode[];
}

export interface CallStatement {
  type: 'CallStatement';
  call: CallExpression;
  callerArgs: Parameter[] | null;
  body: TemplateNode[];
}

type Statement =
  | { type: 'If'; test: Expression; body: TemplateNode[]; alternate: TemplateNode[] }
  | ForStatement
  | SetStatement
  | MacroStatement
  | CallStatement
  | { type: 'FilterStatement'; filter: Identifier | CallExpression; body: TemplateNode[] }
  | { type: 'Break' | 'Continue' };

/** True if the name stands anywhere in the nodes. */
export function mentions(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((item) => mentions(item, name));
  if (node instanceof Map) return [...node].some((entry) => mentions(entry, name));
  if (typeof node !== 'object' || node === null) return false;
  const { type, value } = node as { type?: string; value?: unknown };
  return (type === 'Identifier' && value === name) || Object.values(node).some((item) => mentions(item, name));
}
