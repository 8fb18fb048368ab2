# METADATA
# title: Training
# description: What a declaration answers about training on conversations.
package lib.training

# answer is the level of consent.training that a declaration meets; undefined if it does not say whether a processor
# trains. Without processors no training takes place. A notice that tells of training is worth more where people can
# object, and most where the processing rests on consent that they can withdraw.
answer := "prohibited" if {
	is_array(input.spec.processors)
	every processor in input.spec.processors {
		processor.trainsOnData == false
	}
}

answer := _told if {
	some processor in input.spec.processors
	processor.trainsOnData == true
}

default _told := "none"

_told := "opt-in" if {
	_tells
	_rests_on_consent
} else := "opt-out" if {
	_tells
	"objection" in input.spec.rights.requests
} else := "notice" if {
	_tells
}

_tells if "training-use" in input.spec.consent.privacyNoticeSays

_rests_on_consent if {
	"consent" in input.spec.consent.lawfulBasis
	"withdraw-consent" in input.spec.rights.requests
}

# shown are the names of the processors that train; null if none does.
default shown := null

shown := names if {
	names := [processor.name | some processor in input.spec.processors; processor.trainsOnData]
	count(names) > 0
}
