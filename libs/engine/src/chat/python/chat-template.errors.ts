/** The template's own refusal of a conversation (`raise_exception`): the caller's fault, in the words of the template's makers. */
export class TemplateRefusal extends Error {
  override readonly name = 'TemplateRefusal';
}

/** A rendering that would take more steps or more text than it may: nothing of it is kept. */
export class TemplateTooExpensive extends Error {
  override readonly name = 'TemplateTooExpensive';
}

/** Anything else that goes wrong in a rendering, where Python raises or where its result cannot be had here: the template's fault. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
}

/** A template that uses what is not supported; the message names all of it. */
export class TemplateNotSupported extends Error {
  override readonly name = 'TemplateNotSupported';
}
