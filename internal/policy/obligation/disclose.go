package obligation

// Disclose tells a person that they talk to an AI.
type Disclose struct {
	// Level is when a person is told: none, if-asked, unless-obvious or always.
	Level Executed[string] `dimension:"transparency.disclosure"`
	// At is the latest moment: anytime, first-message or before-first-message.
	At Executed[string] `dimension:"transparency.disclosureAt"`
	// RepeatHours is the longest time in hours until a continuing conversation is told again.
	RepeatHours Executed[int] `dimension:"transparency.repeatHours"`
	// Languages are those (BCP 47) in which the statement must exist.
	Languages Executed[[]string] `dimension:"transparency.languages"`
	// StatementSays is what the statement must say besides. The team writes the statement, the sidecar gives it.
	StatementSays Executed[[]string] `dimension:"transparency.statementSays"`
	// Truthful requires that the chatbot never claims to be human.
	Truthful Shown[bool] `dimension:"transparency.truthful"`
	// Marking is how generated content is marked: visible, machine-readable.
	Marking Executed[[]string] `dimension:"transparency.marking"`
}
