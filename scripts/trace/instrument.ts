/** Puts a call of `entered` at the head of every function of a source, so that a run shows which were entered. */
import ts from 'typescript';

/** A function of our own code. Its place in the list of all is the number that it calls `entered` with. */
export interface Site {
  /** Below `src` or `kernel`. */
  readonly file: string;
  /** With its class: `Intake.read`. */
  readonly name: string;
}

/**
 * The source with the calls. Arrow functions get none: they are steps of the function that they are written in.
 * @param file names its sites
 * @param sites those found are added to it
 * @param callOf the statement for a site, by its number
 */
export function instrument(text: string, file: string, sites: Site[], callOf: (site: number) => string): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
  const calls: { readonly at: number; readonly call: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (isNamedFunction(node) && node.body) {
      calls.push({ at: node.body.getStart() + 1, call: callOf(sites.length) });
      sites.push({ file, name: nameOf(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return calls.reduceRight((result, { at, call }) => `${result.slice(0, at)} ${call}${result.slice(at)}`, text);
}

type NamedFunction =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.AccessorDeclaration;

function isNamedFunction(node: ts.Node): node is NamedFunction {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isConstructorDeclaration(node) ||
    ts.isAccessor(node)
  );
}

function nameOf(node: NamedFunction): string {
  const own = ts.isConstructorDeclaration(node) ? 'constructor' : (node.name?.getText() ?? 'function');
  return ts.isClassLike(node.parent) && node.parent.name ? `${node.parent.name.text}.${own}` : own;
}
