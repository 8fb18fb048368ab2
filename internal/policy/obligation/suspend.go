package obligation

// Suspend stops the chatbot: only humans answer. The declaration states it (spec.suspended), no law does.
type Suspend struct {
	Now Executed[bool] `dimension:""`
}
