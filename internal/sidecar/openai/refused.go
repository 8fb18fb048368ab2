package openai

import (
	"errors"

	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// Rules under which a document is refused.
const (
	// RuleBodyMalformed: the request is not strict JSON.
	RuleBodyMalformed = "sidecar.body_malformed"
	// RuleBodyShape: the request is JSON, but no chat completions request.
	RuleBodyShape = "sidecar.body_shape"
	// RulePartUnreadable: the request holds content that nothing here can read.
	RulePartUnreadable = "sidecar.part_unreadable"
	// RuleNamePersonal: the name of a member holds personal data.
	RuleNamePersonal = "sidecar.name_personal"
	// RuleAnswerMalformed: the answer is not strict JSON, or no chat completions answer.
	RuleAnswerMalformed = "sidecar.answer_malformed"
	// RuleAnswerUnreadable: the answer holds content that nothing here can read.
	RuleAnswerUnreadable = "sidecar.answer_unreadable"
)

// Refused is the error for a document that is not passed on.
type Refused struct {
	// Rule is one of the Rule constants.
	Rule string
	// What is wrong, a sentence without text of the document.
	What string
	// Remedy is a sentence: what to do.
	Remedy string
}

// Error returns what is wrong and what to do.
func (r *Refused) Error() string { return r.What + " " + r.Remedy }

func malformed(rule string, err error) error {
	var wrong *jsontext.Error
	if !errors.As(err, &wrong) {
		return err
	}
	return &Refused{
		Rule: rule, What: "The body is not strict JSON: " + wrong.Error() + ".",
		Remedy: "Send one JSON object in UTF-8, without doubled members and without anything behind it.",
	}
}

func notARequest(what string) error {
	return &Refused{Rule: RuleBodyShape, What: what, Remedy: "Send a chat completions request: an object with a list of messages."}
}

func notAnAnswer(what string) error {
	return &Refused{Rule: RuleAnswerMalformed, What: what, Remedy: "Ask the chatbot's developer to answer with chat completions."}
}

func unreadable(rule, what string) error {
	return &Refused{Rule: rule, What: what, Remedy: "Use text only; personal data in anything else cannot be found."}
}
