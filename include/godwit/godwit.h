/* SPDX-License-Identifier: MIT */
/* Everything: include this one. */
#ifndef GODWIT_GODWIT_H
#define GODWIT_GODWIT_H

#include <godwit/admin.h>
#include <godwit/args.h>
#include <godwit/base.h>
#include <godwit/cause.h>
#include <godwit/client.h>
#include <godwit/engine.h>
#include <godwit/loop.h>
#include <godwit/metrics.h>
#include <godwit/pressure.h>
#include <godwit/recovery.h>
#include <godwit/server.h>
#include <godwit/sio.h>
#include <godwit/ws.h>

#endif
