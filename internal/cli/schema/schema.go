// Package schema validates a ChatbotDeployment offline as the API server does when it is created: unknown fields, object
// metadata, the structural schema with its enums and bounds, list types, and the CEL rules. The schema is the generated
// CustomResourceDefinition in config/crd. It knows nothing of policy.
package schema

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	structuralvalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	metadatavalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// Validator validates objects of one kind in one version. It is safe for concurrent use.
type Validator struct {
	structural *schema.Structural
	values     structuralvalidation.SchemaValidator
	rules      *cel.Validator
}

// New returns a validator for the definition's only version. It returns an error when the definition cannot be read or has
// not exactly one version with a structural schema.
func New(definition []byte) (*Validator, error) {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(definition, &crd); err != nil {
		return nil, fmt.Errorf("read definition: %w", err)
	}
	if len(crd.Spec.Versions) != 1 || crd.Spec.Versions[0].Schema == nil {
		return nil, errors.New("read definition: want exactly one version with a schema")
	}
	var props apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil)
	if err != nil {
		return nil, fmt.Errorf("convert definition: %w", err)
	}
	structural, err := schema.NewStructural(&props)
	if err != nil {
		return nil, fmt.Errorf("convert definition: %w", err)
	}
	values, _, err := structuralvalidation.NewSchemaValidator(&props)
	if err != nil {
		return nil, fmt.Errorf("compile definition: %w", err)
	}
	return &Validator{structural: structural, values: values, rules: cel.NewValidator(structural, true, celconfig.PerCallLimit)}, nil
}

// Validate returns every reason for which the API server would refuse to create the object, in the order in which it looks;
// empty when it would not. The object is read, never changed; its status is not looked at, since creation drops it.
func (v *Validator) Validate(ctx context.Context, object *unstructured.Unstructured) field.ErrorList {
	u := object.DeepCopy()
	delete(u.Object, "status")
	errs := v.unknownFields(u)
	defaulting.PruneNonNullableNullsWithoutDefaults(u.Object, v.structural)
	errs = append(errs, metadatavalidation.ValidateObjectMetaAccessor(u, true, metadatavalidation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
	errs = append(errs, structuralvalidation.ValidateCustomResource(nil, u.Object, v.values)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, v.structural, u.Object)...)
	if len(errs) > 0 || v.rules == nil {
		// Rules may read what the schema found missing: the API server evaluates them only on valid values too.
		return errs
	}
	violated, _ := v.rules.Validate(ctx, nil, v.structural, u.Object, nil, celconfig.RuntimeCELCostBudget)
	return violated
}

// unknownFields removes fields that the schema does not know and returns an error for each, sorted by path.
func (v *Validator) unknownFields(u *unstructured.Unstructured) field.ErrorList {
	var errs field.ErrorList
	options := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range pruning.PruneWithOptions(u.Object, v.structural, true, options) {
		errs = append(errs, field.Forbidden(field.NewPath(path), "unknown field: remove it or correct its name"))
	}
	return errs
}
