package obligation

// Disclose tells a person that they talk to an AI.
type Disclose struct {
	// Level tells in which conversations the statement is required: `none`, `if-asked`, `unless-obvious` or `always`.
	Level Executed[string] `dimension:"transparency.disclosure"`
	// At is the latest moment for the statement: `anytime`, `first-message` or `before-first-message`.
	At Executed[string] `dimension:"transparency.disclosureAt"`
	// RepeatHours is the longest time in hours after which a continuing conversation must show the statement again.
	RepeatHours Executed[int] `dimension:"transparency.repeatHours"`
	// Languages are the languages (BCP 47) in which the statement must exist.
	Languages Executed[[]string] `dimension:"transparency.languages"`
	// StatementSays lists what the statement must contain, for example `human-available`. The team writes the statement, and the sidecar
	// shows it.
	StatementSays Executed[[]string] `dimension:"transparency.statementSays"`
	// Truthful requires that the chatbot never claims to be human. The sidecar corrects such claims in answers.
	Truthful Executed[bool] `dimension:"transparency.truthful"`
	// Marking lists how generated content must be marked: `visible`, `machine-readable`.
	Marking Executed[[]string] `dimension:"transparency.marking"`
}
