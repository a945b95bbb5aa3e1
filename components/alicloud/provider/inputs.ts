/** Whom to call as, and where. */
export interface Account {
  /** "cn-hangzhou" */
  readonly region: string;
  /** `alicloud:profile` of the stack's configuration, where it is set; otherwise the shell's. */
  readonly profile?: string;
}

/** One way to call a function. */
export interface Call {
  readonly functionName: string;
  /** What the function is handed, as JSON. Nothing secret: it is in the state. */
  readonly event: Readonly<Record<string, unknown>>;
  /** Seconds that are waited for its end. */
  readonly timeout: number;
  /**
   * Whether it may take hours: then it is an asynchronous task, which is looked after and not waited for on one
   * connection. The function must speak of the outcome as ../function/outcome.ts says.
   */
  readonly asTask: boolean;
  /** What to say once it is done; "{key}" stands for the field `key` of the function's answer. */
  readonly done?: string;
  /** What to do where it fails: the end of the error. */
  readonly mend: string;
}

/** A function that is called as part of `up` or of `destroy`. */
export interface InvocationInputs {
  readonly account: Account;
  /** When to call, and what; without either nobody is called. */
  readonly on: {
    /** When the invocation is made, and whenever `triggers` or what is asked changes. */
    readonly up?: Call;
    /** Before it is deleted; where that fails it is not, nor is what it depends on. */
    readonly destroy?: Call;
  };
  /** What else `on.up` is called again for. */
  readonly triggers: readonly string[];
}

export interface InvocationOutputs {
  /** What the ids of this invocation's tasks begin with: by that a run that was cut short is found again. */
  readonly tasks: string;
}
