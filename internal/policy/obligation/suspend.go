package obligation

// Suspend stops the chatbot, so that only humans answer. The declaration requires it (spec.suspended), not a law, so it belongs to no
// dimension.
type Suspend struct {
	// Now requires that the chatbot is stopped now.
	Now Executed[bool] `dimension:""`
}
