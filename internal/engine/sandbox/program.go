package sandbox

// Rule describes one rule of a program, from the METADATA of its package.
type Rule struct {
	// ID is `organisation.<name>`, like the package.
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Remedy is one sentence: what to do about a finding.
	Remedy string `json:"remedy"`
	// Party is who must act: deployer (the default), developer, processor or platform.
	Party string `json:"party"`
	// Severity is low, medium (the default) or high.
	Severity string `json:"severity"`
}

// Finding is what a rule found wrong.
type Finding struct {
	// Action is deny or warn: the set that holds the finding.
	Action string `json:"action"`
	// Field is the path that has to change, as the rule gives it; may be empty.
	Field string `json:"field,omitempty"`
	// Found is the value in the object: any JSON value, numbers as json.Number, nil when the rule names none.
	Found any `json:"found,omitempty"`
	// Required is what would satisfy the rule, like Found.
	Required any `json:"required,omitempty"`
}

// Program is a source that compiles. It never changes.
type Program struct {
	source Source
	key    string
	rules  []Rule
}

// Rules returns the rules of the program, in the order of its modules. They must not be changed.
func (p *Program) Rules() []Rule { return p.rules }

// NewProgram returns the program of a source that was compiled elsewhere, with its rules.
func NewProgram(s Source, rules []Rule) (*Program, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	return &Program{source: s, key: key, rules: rules}, nil
}
