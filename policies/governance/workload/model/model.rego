# METADATA
# title: Models
# description: >-
#   Where the containers of a governed pod call models and messaging services.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/configuration/overview/
#   description: "Kubernetes: configuration best practices"
# custom:
#   group: effect
#   standard: kubernetes
#   frameworks:
#     eu-ai-act: ["15"]
#     gdpr: ["32-34"]
#     oecd-ai-principles: ["1.4"]
#     nist-ai-rmf: [MEASURE 2.7]
#     iso-42001: [A.6]
# schemas:
# - input: schema.workload
package governance.workload.model

import data.lib.result

# METADATA
# title: Traffic to models and messaging services goes through the sidecar
# description: >-
#   An environment variable or an argument that holds the base URL of a model or of a messaging service points to the
#   sidecar and names a declared processor. Whatever its name is, a URL is one of these if its host is that of a
#   declared processor, or is known to serve models. A credential of a model service without a variable for its URL
#   means that the chatbot calls the service's default host, past the sidecar.
# custom:
#   short_name: model_base_url
#   severity: high
#   failure_msg: the URL in %q does not point to the sidecar
#   remedy: >-
#     The chatbot calls this host past the sidecar. Declare the host in spec.processors[].host, also that of a model
#     server in the cluster; the webhook then points the URL to the sidecar. A value from a ConfigMap or Secret must
#     become a literal one. The sidecar carries no WebSockets to models.
#   applies_to: [workload]
#   covers: [G-10, G-64]
deny contains finding if {
	some variable in input.modelURLs
	url := concat("", [object.get(variable, "value", ""), "/"])
	strings.any_prefix_match(url, input.sidecar.upstreams) == false
	finding := result.of_rule(rego.metadata.chain(), {
		"field": variable.field,
		"found": _model(variable),
		"required": "the URL of the sidecar for a declared processor",
	})
}

# A URL can contain credentials, so a finding shows no more of it than the host.
_model(variable) := variable.host if {
	variable.value
	variable.host
	not _is_socket(variable)
}

_model(variable) := sprintf("%s by WebSocket", [variable.host]) if {
	variable.host
	_is_socket(variable)
}

_model(variable) := "another URL" if {
	variable.value
	not variable.host
}

_model(variable) := sprintf("%s in %s", [host, variable.source]) if {
	host := object.get(variable, "host", "another URL")
	variable.source
}

_model(variable) := sprintf("%s by default, because of %s", [variable.host, variable.credential]) if variable.credential

_model(variable) := null if {
	not variable.value
	not variable.source
	not variable.credential
}

_is_socket(variable) if strings.any_prefix_match(variable.value, ["ws://", "wss://"])

# METADATA
# title: Model URLs have a path that the sidecar serves
# description: >-
#   A path of the processor's shape begins with the path of the URL with which a container calls the model. The sidecar
#   answers all other calls with 404.
# custom:
#   short_name: model_path
#   severity: high
#   failure_msg: the shape of the processor lacks the path of the URL in %q
#   remedy: >-
#     Set the URL to the processor's host with the beginning of one of these paths, declare the path of the service in
#     spec.processors[].parameters, or name the shape that the service speaks in spec.processors[].shape.
#   applies_to: [workload]
#   covers: [G-10, G-70]
deny contains finding if {
	some variable in input.modelURLs
	finding := result.of_rule(rego.metadata.chain(), {
		"field": variable.field,
		"found": sprintf("a path that %s lacks", [variable.unserved.shape]),
		"required": variable.unserved.paths,
	})
}

# METADATA
# title: The pod states the URL of its model
# description: >-
#   Admission reads no ConfigMaps and no Secrets. Where no container states the URL of a model, one that takes all
#   variables of a ConfigMap or Secret (envFrom) may get it from there, and then calls the model past the sidecar.
# custom:
#   short_name: unread_variables
#   group: hygiene
#   action: warn
#   severity: medium
#   failure_msg: the variables of %q are not read, and no container states the URL of a model
#   remedy: >-
#     State the variable with the URL of the model under env, with a literal value, such as OPENAI_BASE_URL. The webhook
#     then points it to the sidecar.
#   applies_to: [workload]
#   covers: [G-10, G-64]
deny contains finding if {
	some source in input.unreadVariables
	finding := result.of_rule(rego.metadata.chain(), {
		"field": source.field,
		"found": source.name,
		"required": "the URL of a model under env",
	})
}

# METADATA
# title: Processors called by HTTP are where the cluster says
# description: >-
#   The sidecar verifies the certificate of a processor that it calls by HTTPS. One that the app calls by HTTP is
#   whoever answers at the address of its name, and a pod can say itself which address that is.
# custom:
#   short_name: processor_address
#   group: hygiene
#   action: warn
#   severity: medium
#   failure_msg: the pod says itself where %q is, which is called by HTTP
#   remedy: >-
#     Call the processor by HTTPS, or remove the field and let the name servers of the cluster resolve the name. A
#     Service without a selector, or of the type ExternalName, gives a private endpoint a name in the cluster.
#   applies_to: [workload]
#   covers: [G-10, G-64]
deny contains finding if {
	some place in input.addresses
	finding := result.of_rule(rego.metadata.chain(), {
		"field": place.field,
		"found": place.name,
		"required": null,
	})
}
