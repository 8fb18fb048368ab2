package sandbox

// Rule is the description of a rule of a program, from the METADATA of its package.
type Rule struct {
	// ID is the path of the package, `organisation.<name>`.
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Remedy is a sentence that tells what to do about a finding.
	Remedy string `json:"remedy"`
	// Party is who must act: `deployer` (the default), `developer`, `processor` or `platform`.
	Party string `json:"party"`
	// Severity is `medium` (the default), `low` or `high`.
	Severity string `json:"severity"`
}

// Finding is one thing that a rule found wrong.
type Finding struct {
	// Action is `deny` or `warn`: the name of the set in the rule's package that contains the finding.
	Action string `json:"action"`
	// Field is the path of the field that has to change, as the rule states it; empty if it states none.
	Field string `json:"field,omitempty"`
	// Found is the value of the field, as decoded JSON with json.Number for numbers; nil if the rule states none.
	Found any `json:"found,omitempty"`
	// Required is a value that would satisfy the rule, as decoded JSON with json.Number for numbers; nil if the rule states none.
	Required any `json:"required,omitempty"`
}

// Program is a source that compiles, and its rules. The compiled code is only in the worker. A Program never changes.
type Program struct {
	source Source
	// key identifies the source (Source.key).
	key   string
	rules []Rule
}

// Rules returns the rules of the program, in the order of its modules. The caller must not change them.
func (p *Program) Rules() []Rule { return p.rules }

// NewProgram returns the program that consists of a compiled source and the rules that the compilation found.
func NewProgram(s Source, rules []Rule) (*Program, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	return &Program{source: s, key: key, rules: rules}, nil
}
