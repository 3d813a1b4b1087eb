// SPDX-License-Identifier: BSD-3-Clause
// The list of configuration sections.
// Neighbours: modules.h; a detector's section comes from its struct.
#include "modules.h"

#include "mw_csv.h"
#include "mw_decode.h"
#include "mw_detectors.h"
#include "mw_pipeline.h"
#include "mw_port.h"
#include "mw_server.h"
#include "mw_signature.h"

uint32_t modules_all(const struct mw_settings_module *modules[MODULES_MAX])
{
	static const struct mw_settings_module *const fixed[] = {
		&mw_output_settings_module, &mw_server_settings_module,        &mw_port_settings_module,
		&mw_decode_settings_module, &mw_pipeline_flow_settings_module, &mw_signature_settings_module,
	};
	uint32_t count = 0;

	_Static_assert(MW_ARRAY_SIZE(fixed) + MW_PIPELINE_MODULES_MAX <= MODULES_MAX, "room for all sections");
	for (uint32_t i = 0; i < MW_ARRAY_SIZE(fixed); i++)
		modules[count++] = fixed[i];
	return count + mw_pipeline_detector_modules(&mw_detectors, &modules[count]);
}
