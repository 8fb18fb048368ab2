// Package v1alpha1 has the custom resources of chaperone.dev/v1alpha1: what a team declares about its chatbot and what Chaperone
// reports back. It has types, markers and constants only, no logic, and imports only Kubernetes API types.
//
// +kubebuilder:object:generate=true
// +groupName=chaperone.dev
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "chaperone.dev", Version: "v1alpha1"}

var schemeBuilder = runtime.NewSchemeBuilder(func(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion,
		&ChatbotDeployment{}, &ChatbotDeploymentList{},
		&ChatShape{}, &ChatShapeList{},
		&GovernancePolicy{}, &GovernancePolicyList{},
		&JurisdictionProfile{}, &JurisdictionProfileList{},
		&PolicyException{}, &PolicyExceptionList{},
	)
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
})

// AddToScheme registers the kinds of this package with a scheme.
var AddToScheme = schemeBuilder.AddToScheme
