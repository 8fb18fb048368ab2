package obligation

// Suspend stops the chatbot, so that only humans answer. The declaration requires it (spec.suspended), not a law, so its dimension has no
// name.
type Suspend struct {
	// Now requires that the chatbot is stopped now.
	Now Executed[bool] `dimension:""`
}
