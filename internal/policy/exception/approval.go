package exception

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// digestChars is the length of a digest: 160 bits, so that nobody finds two specs with the same one.
const digestChars = 40

// Digest returns what an approver states to approve the exception as it is: 40 hexadecimal digits that depend on its spec and on binding, which is
// FormatBinding of its chatbot, or "" if there is none. It changes with every change of either.
func Digest(e *v1alpha1.PolicyException, binding string) string {
	// A struct of texts, lists and booleans can always be written as JSON, and in one way.
	spec, _ := json.Marshal(e.Spec)
	sum := sha256.Sum256(append(append(spec, '\n'), binding...))
	return hex.EncodeToString(sum[:])[:digestChars]
}

// FormatApproval returns the command with which another user approves the exception as it is, for the first time or again. binding is that of
// Digest.
func FormatApproval(e *v1alpha1.PolicyException, binding string) string {
	return fmt.Sprintf("kubectl annotate policyexception -n %s %s %s=%s --overwrite", e.Namespace, e.Name, v1alpha1.AnnotationApprovedBy, Digest(e, binding))
}

// Summarize returns what an approval of the exception means, as a clause: what it waives and confirms, for which chatbot, in which places and sectors, and
// until when. binding is that of Digest.
func Summarize(e *v1alpha1.PolicyException, binding string) string {
	var effects []string
	if len(e.Spec.Rules) > 0 {
		effects = append(effects, "waives "+joinSorted(e.Spec.Rules))
	}
	if len(e.Spec.NotApplicable) > 0 {
		var dimensions []string
		for _, stated := range e.Spec.NotApplicable {
			dimensions = append(dimensions, string(stated.Dimension))
		}
		effects = append(effects, "confirms that these do not apply: "+joinSorted(dimensions))
	}
	chatbot := fmt.Sprintf("ChatbotDeployment %q", e.Namespace+"/"+e.Spec.Chatbot)
	if _, codes, isBound := strings.Cut(binding, " "); isBound {
		chatbot += " (" + strings.ReplaceAll(codes, ",", ", ") + ")"
	} else {
		chatbot = "every " + chatbot + " that is declared from now on"
	}
	return fmt.Sprintf("%s, for %s, until the end of %s (UTC)", strings.Join(effects, ", and "), chatbot, e.Spec.Expires)
}

func joinSorted[T ~string](names []T) string {
	texts := make([]string, 0, len(names))
	for _, name := range names {
		texts = append(texts, string(name))
	}
	slices.Sort(texts)
	return strings.Join(texts, ", ")
}
