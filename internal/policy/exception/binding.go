package exception

import (
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// FormatBinding returns the value of the annotation approved-for for an approval of today: the UID of the chatbot, and the places and sectors
// that it declares.
func FormatBinding(d *v1alpha1.ChatbotDeployment) string {
	return string(d.UID) + " " + strings.Join(listCodes(d), ",")
}

// IsFor reports whether the approval of the exception is for this chatbot: for the object and not for another of its name, and for all places
// and sectors that it declares. An approval that was given before the chatbot existed is for each chatbot of the name. The UID of a
// declaration in a file is unknown, and not compared.
func IsFor(e *v1alpha1.PolicyException, d *v1alpha1.ChatbotDeployment) bool {
	if e.Spec.Chatbot != d.Name {
		return false
	}
	binding := e.Annotations[v1alpha1.AnnotationApprovedFor]
	if binding == "" {
		return true
	}
	uid, codes, _ := strings.Cut(binding, " ")
	if d.UID != "" && uid != string(d.UID) {
		return false
	}
	approved := strings.Split(codes, ",")
	return !slices.ContainsFunc(listCodes(d), func(code string) bool { return !slices.Contains(approved, code) })
}

// Select returns the exceptions that are for the chatbot (IsFor), or for other ones.
func Select(all []v1alpha1.PolicyException, d *v1alpha1.ChatbotDeployment) []v1alpha1.PolicyException {
	isForAnother := func(e v1alpha1.PolicyException) bool { return e.Spec.Chatbot == d.Name && !IsFor(&e, d) }
	if !slices.ContainsFunc(all, isForAnother) {
		return all
	}
	// The list can be that of a cache.
	return slices.DeleteFunc(slices.Clone(all), isForAnother)
}

// listCodes returns the places and sectors that the chatbot declares, in lower case and sorted.
func listCodes(d *v1alpha1.ChatbotDeployment) []string {
	var codes []string
	for _, code := range slices.Concat(d.Spec.Jurisdictions, d.Spec.Sectors) {
		codes = append(codes, strings.ToLower(string(code)))
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
