/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/engine/instrumentation/accesses_body.h"
