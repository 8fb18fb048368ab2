package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/exception"
)

// adopt makes the engine adopt the JurisdictionProfiles and GovernancePolicies of the input. The error joins a *manifest.Problem for each
// object that cannot be used, or is a *noDecisionError if the engine failed.
func adopt(ctx context.Context, engine *engine.Engine, objects []manifest.Object) error {
	var org policy.Organisation
	for _, o := range objects {
		if o.Profile != nil {
			org.Profiles = append(org.Profiles, *o.Profile)
		}
		if o.Policy != nil {
			org.Policies = append(org.Policies, *o.Policy)
		}
	}
	faults, err := engine.Adopt(ctx, org)
	if err != nil {
		return &noDecisionError{err}
	}
	var problems []error
	for _, o := range objects {
		if o.Profile == nil && o.Policy == nil {
			continue
		}
		if fault := faults.Find(o.Kind, o.Name); fault != "" {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: fault})
		}
	}
	return errors.Join(problems...)
}

// checkExceptions returns a problem for each reason for which admission would refuse a PolicyException of the input on the day, except that
// its chatbot does not exist: noteUnused makes a note of that.
func checkExceptions(engine *engine.Engine, objects []manifest.Object, day time.Time) error {
	var problems []error
	for _, o := range objects {
		if o.Exception == nil {
			continue
		}
		for _, message := range exception.Validate(o.Exception, day, engine) {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: message})
		}
	}
	return errors.Join(problems...)
}

// noteUnused returns a note for each PolicyException that waives nothing, with the reason, and for each JurisdictionProfile whose code no
// declaration of the input uses.
func noteUnused(engine *engine.Engine, objects []manifest.Object, flags inputFlags) []string {
	var notes []string
	for _, o := range objects {
		switch {
		case o.Exception != nil && !exception.IsApproved(o.Exception):
			notes = append(notes, fmt.Sprintf("%s is not approved: it waives nothing", o))
		case o.Exception != nil && !flags.trusts(o):
			notes = append(notes, fmt.Sprintf("%s: approval not verified, so it waives nothing here: only a cluster knows who approved it; "+
				"pass what `kubectl get policyexceptions -o yaml` prints, with --trust-approvals", o))
		case o.Exception != nil && !hasDeclaration(objects, o.Namespace, o.Exception.Spec.Chatbot):
			notes = append(notes, fmt.Sprintf("%s is for ChatbotDeployment %s/%s, which is not in the input", o, o.Namespace, o.Exception.Spec.Chatbot))
		case o.Profile != nil && !usesCode(engine, objects, strings.ToLower(string(o.Profile.Spec.Code))):
			notes = append(notes, fmt.Sprintf("%s is about %q, which no ChatbotDeployment of the input uses", o, o.Profile.Spec.Code))
		}
	}
	return notes
}

func hasDeclaration(objects []manifest.Object, namespace, name string) bool {
	return slices.ContainsFunc(objects, func(o manifest.Object) bool {
		return o.Declaration != nil && o.Namespace == namespace && o.Name == name
	})
}

// usesCode reports whether a declaration of the input declares the code, or a code that is part of it (`de` is part of `eu`).
func usesCode(engine *engine.Engine, objects []manifest.Object, code string) bool {
	return slices.ContainsFunc(objects, func(o manifest.Object) bool {
		return o.Declaration != nil &&
			slices.Contains(engine.WithParents(slices.Concat(o.Declaration.Spec.Jurisdictions, o.Declaration.Spec.Sectors)), code)
	})
}

// collectEnvironments returns the environment of each namespace of the objects. A namespace whose Namespace object is not in the input has
// only the label that every namespace has: its name. The ChatShapes of the input are in each environment. Only exceptions that the flags trust are in an environment.
func collectEnvironments(objects []manifest.Object, flags inputFlags) map[string]facts.Environment {
	environments := map[string]facts.Environment{}
	shapes := collectShapes(objects)
	for _, o := range objects {
		environment, known := environments[o.Namespace]
		if !known {
			environment.Shapes = shapes
			environment.NamespaceLabels = map[string]string{corev1.LabelMetadataName: o.Namespace}
		}
		if o.Exception != nil && flags.trusts(o) {
			environment.Exceptions = append(environment.Exceptions, *o.Exception)
		}
		environments[o.Namespace] = environment
	}
	for _, o := range objects {
		if o.NamespaceObject != nil { // Its name is the namespace that it describes.
			environment := environments[o.Name]
			environment.NamespaceLabels = labelsWithName(o.NamespaceObject)
			environments[o.Name] = environment
		}
	}
	return environments
}

// labelsWithName returns the labels of a namespace with kubernetes.io/metadata.name, which the API server adds to every namespace.
func labelsWithName(namespace *corev1.Namespace) map[string]string {
	labelled := namespace.DeepCopy()
	metav1.SetMetaDataLabel(&labelled.ObjectMeta, corev1.LabelMetadataName, namespace.Name)
	return labelled.Labels
}
