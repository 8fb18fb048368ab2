// Package schema validates objects of Chaperone's kinds offline as the API server does when kubectl creates them, which asks for strict
// validation of fields: unknown fields, object metadata, the structural schema with its enums and bounds, list types, and the CEL rules.
// The schemas are the generated CustomResourceDefinitions in config/crd. It knows nothing of policy.
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
	k8sschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// Validator validates objects of the kinds whose definitions it was given. It is safe for concurrent use.
type Validator struct {
	kinds map[k8sschema.GroupVersionKind]*kind
}

// kind validates the objects of one kind in its only version.
type kind struct {
	namespaced bool
	structural *schema.Structural
	// validator validates types, enums, bounds and patterns.
	validator structuralvalidation.SchemaValidator
	// rules evaluates the CEL rules; nil when the schema has none.
	rules *cel.Validator
}

// New returns a validator for the only version of each definition. It returns an error when a definition cannot be read or has
// not exactly one version with a structural schema.
func New(definitions ...[]byte) (*Validator, error) {
	v := &Validator{kinds: map[k8sschema.GroupVersionKind]*kind{}}
	for _, definition := range definitions {
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(definition, &crd); err != nil {
			return nil, fmt.Errorf("read definition: %w", err)
		}
		if len(crd.Spec.Versions) != 1 || crd.Spec.Versions[0].Schema == nil {
			return nil, errors.New("read definition: want exactly one version with a schema")
		}
		k, err := newKind(&crd)
		if err != nil {
			return nil, err
		}
		v.kinds[k8sschema.GroupVersionKind{Group: crd.Spec.Group, Version: crd.Spec.Versions[0].Name, Kind: crd.Spec.Names.Kind}] = k
	}
	return v, nil
}

// isResourceRoot says that a schema is that of a whole object, with apiVersion, kind and metadata, and not that of a part.
const isResourceRoot = true

// newKind returns the kind that a definition with one version defines.
func newKind(crd *apiextensionsv1.CustomResourceDefinition) (*kind, error) {
	var props apiextensions.JSONSchemaProps
	err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil)
	if err != nil {
		return nil, fmt.Errorf("convert definition: %w", err)
	}
	structural, err := schema.NewStructural(&props)
	if err != nil {
		return nil, fmt.Errorf("convert definition: %w", err)
	}
	validator, _, err := structuralvalidation.NewSchemaValidator(&props) // The other result is the schema as OpenAPI.
	if err != nil {
		return nil, fmt.Errorf("compile definition: %w", err)
	}
	return &kind{
		namespaced: crd.Spec.Scope == apiextensionsv1.NamespaceScoped, structural: structural, validator: validator,
		rules: cel.NewValidator(structural, isResourceRoot, celconfig.PerCallLimit),
	}, nil
}

// Knows reports whether the validator has the definition of the kind, and whether objects of the kind have a namespace.
func (v *Validator) Knows(gvk k8sschema.GroupVersionKind) (known, namespaced bool) {
	k, known := v.kinds[gvk]
	return known, known && k.namespaced
}

// Validate returns the errors with which the API server would refuse to create the object if the request asks for strict validation of
// fields, as those of kubectl do. Without that, the API server drops unknown fields. The webhooks may refuse an object that has no errors
// here. Validate does not change the object, and ignores its status, which creation drops. For an unknown kind it returns one error, for
// the field `kind`.
func (v *Validator) Validate(ctx context.Context, object *unstructured.Unstructured) field.ErrorList {
	k, known := v.kinds[object.GroupVersionKind()]
	if !known {
		return field.ErrorList{field.NotSupported(field.NewPath("kind"), object.GetKind(), []string{})}
	}
	u := object.DeepCopy()
	delete(u.Object, "status")
	errs := k.removeUnknownFields(u)
	// The API server removes a null where the schema does not allow one, so it is not an error.
	defaulting.PruneNonNullableNullsWithoutDefaults(u.Object, k.structural)
	errs = append(errs, metadatavalidation.ValidateObjectMetaAccessor(u, k.namespaced, metadatavalidation.NameIsDNSSubdomain, field.NewPath("metadata"))...)
	errs = append(errs, structuralvalidation.ValidateCustomResource(nil, u.Object, k.validator)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, u.Object)...)
	// CEL rules may read fields that the schema found missing, so evaluate them only on valid objects, as the API server does. k.rules is nil
	// if the schema has no CEL rules.
	if len(errs) > 0 || k.rules == nil {
		return errs
	}
	violated, _ := k.rules.Validate(ctx, nil, k.structural, u.Object, nil, celconfig.RuntimeCELCostBudget) // No other call uses the rest of the budget.
	return violated
}

// removeUnknownFields removes fields that the schema does not know and returns an error for each, sorted by path.
func (k *kind) removeUnknownFields(u *unstructured.Unstructured) field.ErrorList {
	var errs field.ErrorList
	given := u.DeepCopy()
	options := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range pruning.PruneWithOptions(u.Object, k.structural, isResourceRoot, options) {
		errs = append(errs, field.Forbidden(field.NewPath(path), "unknown field: "+explainUnknown(given.Object, path)))
	}
	return errs
}
